-- A consultation and its days stand for what was held and paid.
CREATE TRIGGER never_deleted BEFORE DELETE ON chats
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON chats
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON chat_days
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON chat_days
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
