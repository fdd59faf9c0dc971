-- From version 2: deadlines are the case book's, which knows the working days.

ALTER TABLE reports DROP COLUMN deadline_at;
