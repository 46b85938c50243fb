"""Mail, web push and the inbox: how people are told."""
