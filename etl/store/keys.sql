-- Keys, indexes and triggers of the demo store's base tables.
ALTER TABLE paht.unit ADD CONSTRAINT unit_key PRIMARY KEY (unit_code);
ALTER TABLE paht.field ADD CONSTRAINT field_key PRIMARY KEY (field_code);
ALTER TABLE paht.channel ADD CONSTRAINT channel_key PRIMARY KEY (channel_code);
ALTER TABLE paht.citizen ADD CONSTRAINT citizen_key PRIMARY KEY (citizen_id);
ALTER TABLE paht.report ADD CONSTRAINT report_key PRIMARY KEY (report_id);
ALTER TABLE paht.report ADD CONSTRAINT report_code_unique UNIQUE (report_code);
ALTER TABLE paht.report ADD CONSTRAINT report_sender FOREIGN KEY (sender_id) REFERENCES paht.citizen;
ALTER TABLE paht.report_event ADD CONSTRAINT report_event_key PRIMARY KEY (event_id);
ALTER TABLE paht.hotline_call ADD CONSTRAINT hotline_call_key PRIMARY KEY (call_id);
ALTER TABLE paht.directive ADD CONSTRAINT directive_key PRIMARY KEY (directive_id);

CREATE INDEX report_xid ON paht.report (row_xid);
CREATE INDEX report_sent ON paht.report (sent_at);
CREATE INDEX report_event_xid ON paht.report_event (row_xid);
CREATE INDEX report_event_report ON paht.report_event (report_id);
CREATE INDEX hotline_call_xid ON paht.hotline_call (row_xid);
CREATE INDEX directive_xid ON paht.directive (row_xid);

CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.unit FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.field FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.channel FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.citizen FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.report FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.report_event FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.hotline_call FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
CREATE TRIGGER stamp_row_xid BEFORE UPDATE ON paht.directive FOR EACH ROW EXECUTE FUNCTION paht.stamp_row_xid();
