-- What the days of links must hold by the log of queries, whatever day they stand in the account of.
-- Refused and unacknowledged messages and receipts that match nothing have no row in the log: they are counted as they
-- happen.
WITH log AS (
    SELECT CAST((arrived_at + 28800) / 86400 AS INTEGER) AS arrived_on,
        CAST((finished_at + 28800) / 86400 AS INTEGER) AS finished_on, * FROM query_log WHERE link <> ''
), counted(day, carrier, link, measure, command_status, messages, pdus) AS (
    SELECT arrived_on, carrier, link, 'mo', 0, count(*), count(*) FROM log GROUP BY 1, 2, 3
    UNION ALL SELECT arrived_on, carrier, link, 'mo_parts', 0, 0, sum(parts - 1) FROM log GROUP BY 1, 2, 3
    UNION ALL SELECT arrived_on, carrier, link, 'mo_redelivered', 0, 0, sum(redeliveries) FROM log GROUP BY 1, 2, 3
    UNION ALL SELECT finished_on, carrier, reply_link, 'mt_' || ending, command_status, count(*), sum(segments)
        FROM log GROUP BY 1, 2, 3, 4, 5
    UNION ALL SELECT finished_on, carrier, reply_link, 'mt_resent', 0, count(*), sum(segments) FROM log WHERE resent
        GROUP BY 1, 2, 3
    UNION ALL SELECT finished_on, carrier, reply_link, 'receipt_' || key, 0, 0, sum(value)
        FROM log, json_each(log.receipts) GROUP BY 1, 2, 3, 4
    UNION ALL SELECT finished_on, carrier, reply_link, 'receipt_' || receipt_state, 0, count(*), 0 FROM log
        WHERE receipt_state IS NOT NULL GROUP BY 1, 2, 3, 4
    UNION ALL SELECT CAST((at + 28800) / 86400 AS INTEGER), carrier, link, 'other_' || ending, command_status,
        count(*), sum(segments) FROM other_messages GROUP BY 1, 2, 3, 4, 5
), sides(day, carrier, link, measure, command_status, messages, pdus) AS (
    SELECT * FROM counted
    UNION ALL SELECT day, carrier, link, measure, command_status, -messages, -pdus FROM link_days
        WHERE measure NOT IN ('mo_refused', 'mo_unacknowledged', 'receipt_unmatched')
)
SELECT day, carrier, link, measure, command_status, sum(messages), sum(pdus) FROM sides GROUP BY 1, 2, 3, 4, 5
    HAVING sum(messages) <> 0 OR sum(pdus) <> 0 ORDER BY 1, 2, 3, 4, 5
