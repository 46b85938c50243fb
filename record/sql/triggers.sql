-- What a member of staff did stays written.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON staff_acts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON staff_acts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- An alarm stays until somebody has looked.
CREATE TRIGGER never_deleted BEFORE DELETE ON alarms
  FOR EACH ROW WHEN (OLD.seen_at IS NULL) EXECUTE FUNCTION refuse_change();
-- A version of a text stays as it was saved.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON site_texts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON site_texts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
