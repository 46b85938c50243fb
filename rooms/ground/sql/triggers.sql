-- What was booked, asked for or reported stays on record. A slot that nobody confirmed does not.
CREATE TRIGGER never_deleted BEFORE DELETE ON reservation_requests
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON request_wishes
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON reports
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON reservations
  FOR EACH ROW WHEN (OLD.state NOT IN ('kept', 'lapsed')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON reservation_requests
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON request_wishes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON reports
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON reservations
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- One person at one time, on whichever side.
CREATE TRIGGER take_people AFTER INSERT OR UPDATE OF state, starts_at, ends_at ON reservations
  FOR EACH ROW EXECUTE FUNCTION take_people();
-- What a room is found by follows what is written, whoever writes it.
CREATE TRIGGER mark_room AFTER INSERT OR DELETE OR UPDATE OF title, topic, text, published,
  cast_id, category_id, rate, allows_video, created_at ON rooms
  FOR EACH ROW EXECUTE FUNCTION mark_room();
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON room_hours
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON hour_exceptions
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_rooms AFTER UPDATE OF nickname ON users
  FOR EACH ROW WHEN (OLD.nickname IS DISTINCT FROM NEW.nickname)
  EXECUTE FUNCTION mark_rooms_of_cast('id');
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON room_tags
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_rooms AFTER INSERT OR UPDATE OF languages ON profiles
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_cast('user_id');
-- The mean that sorts moves with the site's once a night: that is read twice a day anyway.
CREATE TRIGGER mark_rooms AFTER INSERT OR UPDATE OF one, two, three, four, five ON rating_means
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_cast('cast_id');
CREATE TRIGGER mark_rooms AFTER UPDATE OF name_ja, name_en ON room_categories
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_category();
CREATE TRIGGER shut_rooms AFTER UPDATE OF suspended_until, banned_at, withdrawn_at ON users
  FOR EACH ROW EXECUTE FUNCTION shut_rooms_of_cast();
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON calls
  FOR EACH ROW WHEN (OLD.state = 'ended')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON calls
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
