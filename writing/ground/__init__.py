"""What boards, chats and letters stand on: what a text must be, and how it is paid."""
