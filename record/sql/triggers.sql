-- What a member of staff did stays written.
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON staff_acts
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON staff_acts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
