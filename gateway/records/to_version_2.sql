-- From version 1, its link_days renamed and day_tables.sql run: days can be closed, and receipts are kept.

ALTER TABLE query_log ADD COLUMN receipts TEXT;
ALTER TABLE query_log ADD COLUMN receipt_state TEXT;
ALTER TABLE query_log ADD COLUMN receipt_at REAL;
INSERT INTO link_days SELECT day, day, carrier, link, measure, command_status, messages, pdus FROM link_days_1;
INSERT INTO link_days SELECT CAST((finished_at + 28800) / 86400 AS INTEGER),
    CAST((finished_at + 28800) / 86400 AS INTEGER), carrier, reply_link, 'mt_resent', 0, count(*), sum(segments)
    FROM query_log WHERE resent AND link <> '' GROUP BY 1, 3, 4;
DROP TABLE link_days_1;
