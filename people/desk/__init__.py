"""What staff see to about people: applications, inquiries, sanctions, roles."""
