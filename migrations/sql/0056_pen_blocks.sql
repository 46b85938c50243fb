-- Who wants to see no more of a topic under a pen name.
CREATE TABLE board_pen_blocks (
  user_id BIGINT NOT NULL,
  topic_id BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_board_pen_blocks PRIMARY KEY (user_id, topic_id),
  CONSTRAINT fk_board_pen_blocks_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_board_pen_blocks_topic_id FOREIGN KEY(topic_id) REFERENCES board_topics (id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON board_pen_blocks TO hitotoki_app;
