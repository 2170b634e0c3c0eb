-- By hand: what is there already counts as older than all, by a constant, so that no table is written anew.
ALTER TABLE "audit" ADD COLUMN "xid" "xid8" DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "audit" ALTER COLUMN "xid" SET DEFAULT pg_current_xact_id();--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "xid" "xid8" DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ALTER COLUMN "xid" SET DEFAULT pg_current_xact_id();--> statement-breakpoint
CREATE INDEX "audit_stream" ON "audit" USING btree ("xid","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_stream" ON "webhook_deliveries" USING btree ("webhook_id","xid","id");--> statement-breakpoint
-- By hand from here: whatever changes a delivery is seen by who follows them.
CREATE FUNCTION "webhook_deliveries_note_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER "webhook_deliveries_note_change" BEFORE UPDATE ON "webhook_deliveries"
  FOR EACH ROW EXECUTE FUNCTION "webhook_deliveries_note_change"();
