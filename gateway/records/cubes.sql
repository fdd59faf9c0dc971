-- Sums of the roll-ups, in a file of their own: finished hours only, each added once.  `measure` and the names of the
-- columns are those of gateway.core.statistics.  Areas and products come first in the keys, so that what is asked of
-- one of them lies together; the small tables of both let SQLite step over the key's head where all are asked.

CREATE TABLE built(id INTEGER PRIMARY KEY CHECK (id = 1), hour INTEGER NOT NULL);
CREATE TABLE known_areas(area TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE known_products(resource_code TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE total_hour(
    hour INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (hour, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE total_month(
    month TEXT, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (month, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE total_day(
    day INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (day, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE area_day(
    area TEXT, day INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (area, day, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE area_month(
    area TEXT, month TEXT, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (area, month, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE product_day(
    resource_code TEXT, day INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (resource_code, day, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE product_month(
    resource_code TEXT, month TEXT, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (resource_code, month, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE both_day(
    area TEXT, resource_code TEXT, day INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (area, resource_code, day, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE both_month(
    area TEXT, resource_code TEXT, month TEXT, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (area, resource_code, month, channel, carrier, measure)) WITHOUT ROWID;
-- By province, for what is asked of a whole province's products: some ten times fewer rows than by prefecture.
CREATE TABLE broad_day(
    province TEXT, resource_code TEXT, day INTEGER, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (province, resource_code, day, channel, carrier, measure)) WITHOUT ROWID;
CREATE TABLE broad_month(
    province TEXT, resource_code TEXT, month TEXT, channel TEXT, carrier TEXT, measure TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (province, resource_code, month, channel, carrier, measure)) WITHOUT ROWID;
