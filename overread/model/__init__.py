"""What an exam, a read task, a report, a review, an AI result and a contract term are."""
