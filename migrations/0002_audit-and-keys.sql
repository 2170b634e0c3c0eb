CREATE TABLE "audit" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"tenant_id" uuid,
	"actor" text NOT NULL,
	"actor_name" text NOT NULL,
	"on_behalf_of" text,
	"action" text NOT NULL,
	"object_type" text NOT NULL,
	"object_id" text,
	"object_name" text,
	"before" jsonb,
	"after" jsonb,
	"request_id" text,
	"ip" text
);
--> statement-breakpoint
CREATE TABLE "audit_days" (
	"day" date PRIMARY KEY NOT NULL,
	"row_count" integer NOT NULL,
	"manifest" text NOT NULL,
	"hash" text NOT NULL,
	"hash_sealed" text NOT NULL,
	"sealed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key_holders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"public_key" text NOT NULL,
	"proof" text NOT NULL,
	"key_ids" text[] NOT NULL,
	"seals_with" text NOT NULL,
	"handed_over" text,
	"kept" boolean DEFAULT true NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key_rotations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"old_key_id" text NOT NULL,
	"new_key_id" text NOT NULL,
	"phase" text DEFAULT 'announced' NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sealing_at" timestamp with time zone,
	"done_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_tenant" ON "audit" USING btree ("tenant_id","at","id");--> statement-breakpoint
CREATE INDEX "audit_object" ON "audit" USING btree ("object_type","object_id","at");--> statement-breakpoint
CREATE INDEX "audit_actor" ON "audit" USING btree ("actor","action","at");--> statement-breakpoint
CREATE UNIQUE INDEX "key_rotations_open" ON "key_rotations" USING btree ((1)) WHERE "key_rotations"."phase" <> 'done';--> statement-breakpoint
-- By hand from here: the audit is only ever added to. A trigger, since whoever owns a table may grant himself anything.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_days_kept" BEFORE DELETE OR TRUNCATE ON "audit_days" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
-- A new key seals the hash anew; all else of a sealed day stays.
CREATE TRIGGER "audit_days_unchanged" BEFORE UPDATE OF "day", "row_count", "manifest", "hash", "sealed_at" ON "audit_days" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON "audit" FROM CURRENT_USER;
--> statement-breakpoint
REVOKE DELETE, TRUNCATE ON "audit_days" FROM CURRENT_USER;
