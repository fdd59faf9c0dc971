BEGIN TRANSACTION;
CREATE TABLE contexts(caller TEXT PRIMARY KEY, uid INTEGER, code TEXT, opened_at REAL) WITHOUT ROWID;
INSERT INTO "contexts" VALUES('k1:caller',723024198238208001,'81234567890123451974',1750219202.0);
CREATE TABLE journal(
    uid INTEGER PRIMARY KEY, query TEXT NOT NULL, answer TEXT, sending_link TEXT NOT NULL DEFAULT '',
    parts INTEGER NOT NULL DEFAULT 1, redeliveries INTEGER NOT NULL DEFAULT 0);
INSERT INTO "journal" VALUES(723024206626816001,'[1,723024206626816001,"sms",1750219204.0,"8613812345678","k1:caller","查 81234567890123451974 回电 13812345678",["verify",["81234567890123451974"],null,"zh","",""],"350100","prefix","print-4",["cmcc","cmcc-1","95001111",0,1,"8613812345678",1,1]]','[2,723024206626816001,"cmcc-1","first","【监管网】尾号1974首查有效","zh","",false,[["81234567890123451974","first","8123456","B20080501","350181","spirits",false,true]],null]','cmcc-1',1,0);
CREATE TABLE link_days(
    day INTEGER, carrier TEXT, link TEXT, measure TEXT, command_status INTEGER,
    messages INTEGER NOT NULL, pdus INTEGER NOT NULL,
    PRIMARY KEY (day, carrier, link, measure, command_status)) WITHOUT ROWID;
INSERT INTO "link_days" VALUES(20257,'cmcc','cmcc-1','mo',0,2,2);
INSERT INTO "link_days" VALUES(20257,'cmcc','cmcc-1','mo_parts',0,0,1);
INSERT INTO "link_days" VALUES(20257,'cmcc','cmcc-1','mo_redelivered',0,0,1);
INSERT INTO "link_days" VALUES(20257,'cmcc','cmcc-1','mt_sent',0,2,3);
INSERT INTO "link_days" VALUES(20258,'cmcc','cmcc-1','mo',0,1,1);
INSERT INTO "link_days" VALUES(20258,'cmcc','cmcc-1','mt_refused',11,1,0);
CREATE TABLE lookups(
    uid INTEGER, code TEXT, caller TEXT, arrived_at REAL, answered_at REAL, verdict TEXT, resource_code TEXT,
    batch TEXT, region TEXT, category TEXT, area TEXT, stale INTEGER, counted INTEGER,
    PRIMARY KEY (uid, code)) WITHOUT ROWID;
INSERT INTO "lookups" VALUES(723024194043904001,'81234567890123451974','k1:caller',1750219201.0,1750219260.0,'first','8123456','B20080501','350181','spirits','350100',0,1);
INSERT INTO "lookups" VALUES(723024198238208001,'81234567890123451974','k1:caller',1750219202.0,1750219290.0,'repeated_other','8123456','','','','350100',0,1);
INSERT INTO "lookups" VALUES(723386577715200001,'81234567890123451974','k1:caller',1750305600.0,1750305700.0,'first','8123456','B20080501','350181','spirits','350100',0,1);
CREATE TABLE parts(
    key TEXT, number INTEGER, total INTEGER, content TEXT, envelope TEXT, arrived_at REAL, fingerprint TEXT,
    PRIMARY KEY (key, number)) WITHOUT ROWID;
CREATE TABLE query_log(
    uid INTEGER PRIMARY KEY, channel TEXT, arrived_at REAL, caller TEXT, area TEXT, certainty TEXT, body TEXT,
    intent TEXT, error TEXT, language TEXT, verdict TEXT, note TEXT, ending TEXT, finished_at REAL,
    command_status INTEGER, message_ids TEXT, segments INTEGER, resent INTEGER, stale INTEGER, carrier TEXT, link TEXT,
    reply_link TEXT, fingerprint TEXT, parts INTEGER, redeliveries INTEGER);
INSERT INTO "query_log" VALUES(723024194043904001,'sms',1750219201.0,'k1:caller','350100','prefix','查 81234567890123451974 回电 [电话]','verify',NULL,'zh','first','','sent',1750219260.0,0,'a1 a2',2,0,0,'cmcc','cmcc-1','cmcc-1','print-1',2,1);
INSERT INTO "query_log" VALUES(723024198238208001,'sms',1750219202.0,'k1:caller','350100','prefix','查 81234567890123451974 回电 [电话]','verify',NULL,'zh','repeated_other','','sent',1750219290.0,0,'b1',1,1,0,'cmcc','cmcc-1','cmcc-1','print-2',1,0);
INSERT INTO "query_log" VALUES(723024202432512001,'voice',1750219203.0,'k1:caller','350100','prefix','what is 123?','error','invalid_length','zh',NULL,'joined','spoken',1750219270.0,0,'',0,0,0,'','','','',1,0);
INSERT INTO "query_log" VALUES(723386577715200001,'sms',1750305600.0,'k1:caller','350100','prefix','查 81234567890123451974 回电 [电话]','verify',NULL,'zh','first','','refused',1750305700.0,11,'',0,0,0,'cmcc','cmcc-1','cmcc-1','print-86400',1,0);
CREATE TABLE reports(
    uid INTEGER PRIMARY KEY, kind TEXT, code TEXT, text TEXT, about_uid INTEGER, caller TEXT, area TEXT,
    arrived_at REAL, deadline_at REAL);
INSERT INTO "reports" VALUES(723024202432512001,'report','81234567890123451974','福清市场',17,'k1:caller','350100',1750219203.0,NULL);
CREATE TABLE rollups(
    hour INTEGER, area TEXT, resource_code TEXT, verdict TEXT, channel TEXT, carrier TEXT,
    queries INTEGER NOT NULL, lookups INTEGER NOT NULL,
    PRIMARY KEY (hour, area, resource_code, verdict, channel, carrier)) WITHOUT ROWID;
INSERT INTO "rollups" VALUES(486172,'350100','','','voice','',1,0);
INSERT INTO "rollups" VALUES(486172,'350100','8123456','first','sms','cmcc',1,1);
INSERT INTO "rollups" VALUES(486172,'350100','8123456','repeated_other','sms','cmcc',1,1);
INSERT INTO "rollups" VALUES(486196,'350100','8123456','first','sms','cmcc',1,1);
CREATE INDEX lookups_by_code ON lookups(code, uid);
CREATE INDEX reports_by_code ON reports(code, uid);
COMMIT;
PRAGMA user_version = 1;
