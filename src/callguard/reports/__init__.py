"""What people are handed to read: pages in HTML and Markdown, and days for their calendars; what is said comes from elsewhere."""
