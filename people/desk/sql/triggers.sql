-- What staff looked at stays written for 400 days, and every sanction on record.
CREATE TRIGGER never_changed BEFORE UPDATE ON staff_views
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON staff_views
  FOR EACH ROW WHEN (OLD.at > clock_timestamp() - interval '400 days')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON sanctions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON staff_views
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON sanctions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
