-- Out of the way of its successor in day_tables.sql; to_version_2.sql takes its rows over.
ALTER TABLE link_days RENAME TO link_days_1;
