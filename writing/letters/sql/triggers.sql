-- A letter stands for what was held and paid.
CREATE TRIGGER never_deleted BEFORE DELETE ON letters
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON letters
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
