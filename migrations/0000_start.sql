CREATE TABLE "activity" (
	"id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"pbx_id" uuid,
	"pbx_name" text,
	"user_id" uuid,
	"user_name" text,
	"import_id" uuid,
	"actor" text NOT NULL,
	"verb" text NOT NULL,
	"outcome" text NOT NULL,
	"status" text,
	"code" text,
	"sentence" text NOT NULL,
	"next_action" text,
	"steps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "activity_at_id_pk" PRIMARY KEY("at","id")
) PARTITION BY RANGE ("at");
--> statement-breakpoint
-- Entries of a month that has no partition yet. Months are made by ensurePartitions (src/store/partitions.ts).
CREATE TABLE "activity_default" PARTITION OF "activity" DEFAULT;
--> statement-breakpoint
CREATE TABLE "harvested_lines" (
	"user_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"content_sealed" text NOT NULL,
	"vendor" text NOT NULL,
	"format" text NOT NULL,
	"line" integer NOT NULL,
	"source_url" text NOT NULL,
	"tls_fingerprint" text,
	"changes" text[] NOT NULL,
	CONSTRAINT "harvested_lines_user_id_version_pk" PRIMARY KEY("user_id","version")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"account" text NOT NULL,
	"key" text NOT NULL,
	"route" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer,
	"body_sealed" text,
	"headers" jsonb,
	"locked_until" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_account_key_route_pk" PRIMARY KEY("account","key","route")
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"line" integer,
	"edited" boolean DEFAULT false NOT NULL,
	"raw_sealed" text,
	"shown" jsonb NOT NULL,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"warnings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"action" text,
	"changes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"outcome" text,
	"outcome_reason" text,
	"user_id" uuid,
	"user_version" integer,
	"before_sealed" text,
	CONSTRAINT "import_rows_import_id_number_pk" PRIMARY KEY("import_id","number")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"pbx_id" uuid,
	"voice_route_id" uuid,
	"user_type" text DEFAULT 'pbx' NOT NULL,
	"existing" text DEFAULT 'error' NOT NULL,
	"create_missing" boolean DEFAULT true NOT NULL,
	"file_name" text,
	"encoding" text DEFAULT 'utf-8' NOT NULL,
	"delimiter" text DEFAULT ',' NOT NULL,
	"state" text NOT NULL,
	"header" text[] NOT NULL,
	"columns" jsonb NOT NULL,
	"row_count" integer NOT NULL,
	"error_count" integer DEFAULT 0 NOT NULL,
	"warning_count" integer DEFAULT 0 NOT NULL,
	"progress_count" integer DEFAULT 0 NOT NULL,
	"created_count" integer DEFAULT 0 NOT NULL,
	"updated_count" integer DEFAULT 0 NOT NULL,
	"skipped_count" integer DEFAULT 0 NOT NULL,
	"undone_count" integer DEFAULT 0 NOT NULL,
	"partial" boolean DEFAULT false NOT NULL,
	"job_epoch" integer DEFAULT 0 NOT NULL,
	"job" text,
	"job_by" text,
	"failure" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"submitted_by" text,
	"submitted_at" timestamp with time zone,
	"undone_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"key_canary_sealed" text NOT NULL,
	"admin_token_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pbx_runs" (
	"pbx_id" uuid PRIMARY KEY NOT NULL,
	"slice_epoch" bigint DEFAULT 0 NOT NULL,
	"slice_started_at" timestamp with time zone,
	"paused_until" timestamp with time zone,
	"pause_code" text,
	"refused_in_a_row" integer DEFAULT 0 NOT NULL,
	"unreachable_in_a_row" integer DEFAULT 0 NOT NULL,
	"login" jsonb,
	"pace" jsonb,
	"last_success_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "pbxs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"auto_provision" boolean DEFAULT false NOT NULL,
	"auto_assign_mac" boolean DEFAULT false NOT NULL,
	"pseudo_mac_oui" text,
	"provisioning_url" text,
	"did_field" text DEFAULT 'account.1.label' NOT NULL,
	"country" text,
	"line_rule" text DEFAULT 'first' NOT NULL,
	"username" text,
	"password_sealed" text,
	"password_set_at" timestamp with time zone,
	"ca_pem" text,
	"client_cert_pem" text,
	"client_key_sealed" text,
	"pin_sha256" text,
	"expected_name" text,
	"legacy_tls" boolean DEFAULT false NOT NULL,
	"allow_plain_http" boolean DEFAULT false NOT NULL,
	"allowed_origins" text[] DEFAULT '{}' NOT NULL,
	"persona_vendor" text DEFAULT 'yealink' NOT NULL,
	"persona_model" text,
	"persona_phone_type" text,
	"persona_firmware_version" text,
	"persona_user_agent" text,
	"resync_hours" integer DEFAULT 24 NOT NULL,
	"max_concurrent" integer DEFAULT 32 NOT NULL,
	"max_per_second" integer,
	"mapping_version" integer DEFAULT 1 NOT NULL,
	"connection_version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"parent_id" uuid,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"pbx_id" uuid NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"name" text,
	"teams_user_id" text,
	"sip_user_id" text,
	"user_tag" text,
	"user_type" text DEFAULT 'pbx' NOT NULL,
	"voice_route_id" uuid,
	"use_teams_voicemail" boolean,
	"sip_auth_id" text,
	"sip_password_sealed" text,
	"portal_login_name" text,
	"portal_login_password_sealed" text,
	"did_list" text[],
	"default_did_index" integer,
	"source" text NOT NULL,
	"import_id" uuid,
	"mac" text,
	"mac_assigned" boolean DEFAULT false NOT NULL,
	"line_rule" text,
	"auto_provision" text DEFAULT 'inherit' NOT NULL,
	"prov_username" text,
	"prov_password_sealed" text,
	"login_version" integer DEFAULT 1 NOT NULL,
	"did" text,
	"did_source" text,
	"status" text NOT NULL,
	"reason_code" text,
	"reason" text,
	"status_at" timestamp with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp with time zone,
	"priority" smallint DEFAULT 0 NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"retry_class" text,
	"absent_since" timestamp with time zone,
	"claim_epoch" bigint,
	"claimed_at" timestamp with time zone,
	"sync_requested_at" timestamp with time zone,
	"sync_requested_by" text,
	"accept_once" text,
	"last_checked_at" timestamp with time zone,
	"last_success_at" timestamp with time zone,
	"answered" smallint[],
	"etag" text,
	"last_modified" text,
	"content_tag" text,
	"aor_tag" text,
	"mapping_version" integer,
	"connection_version" integer,
	"lines_version" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_mac_form" CHECK ("users"."mac" ~ '^[0-9a-f]{12}$')
);
--> statement-breakpoint
CREATE TABLE "voice_routes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "harvested_lines" ADD CONSTRAINT "harvested_lines_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_pbx_id_pbxs_id_fk" FOREIGN KEY ("pbx_id") REFERENCES "public"."pbxs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_voice_route_id_voice_routes_id_fk" FOREIGN KEY ("voice_route_id") REFERENCES "public"."voice_routes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pbx_runs" ADD CONSTRAINT "pbx_runs_pbx_id_pbxs_id_fk" FOREIGN KEY ("pbx_id") REFERENCES "public"."pbxs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pbxs" ADD CONSTRAINT "pbxs_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_parent_id_tenants_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_pbx_id_pbxs_id_fk" FOREIGN KEY ("pbx_id") REFERENCES "public"."pbxs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_voice_route_id_voice_routes_id_fk" FOREIGN KEY ("voice_route_id") REFERENCES "public"."voice_routes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_routes" ADD CONSTRAINT "voice_routes_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "activity_stream" ON "activity" USING btree ("xid","id");--> statement-breakpoint
CREATE INDEX "activity_tenant" ON "activity" USING btree ("tenant_id","at","id");--> statement-breakpoint
CREATE INDEX "activity_pbx" ON "activity" USING btree ("pbx_id","at","id");--> statement-breakpoint
CREATE INDEX "activity_user" ON "activity" USING btree ("user_id","at","id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "import_rows_user" ON "import_rows" USING btree ("user_id") WHERE "import_rows"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "imports_job" ON "imports" USING btree ("job") WHERE "imports"."job" is not null;--> statement-breakpoint
CREATE INDEX "imports_tenant" ON "imports" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "pbxs_tenant_name" ON "pbxs" USING btree ("tenant_id",lower("name"));--> statement-breakpoint
CREATE INDEX "users_due" ON "users" USING btree ("pbx_id","priority" DESC NULLS LAST,"due_at") WHERE "users"."due_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_assigned_mac" ON "users" USING btree ("mac") WHERE "users"."mac_assigned";--> statement-breakpoint
CREATE UNIQUE INDEX "users_typed_mac" ON "users" USING btree ("pbx_id","mac",coalesce("line_rule", '')) WHERE "users"."mac" is not null;--> statement-breakpoint
CREATE INDEX "users_mac" ON "users" USING btree ("mac");--> statement-breakpoint
CREATE UNIQUE INDEX "users_teams_user_id" ON "users" USING btree ("tenant_id",lower("teams_user_id")) WHERE "users"."teams_user_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "users_sip_user_id" ON "users" USING btree ("pbx_id",lower("sip_user_id")) WHERE "users"."sip_user_id" is not null;--> statement-breakpoint
CREATE INDEX "users_pbx" ON "users" USING btree ("pbx_id","id");--> statement-breakpoint
CREATE INDEX "users_tenant_status" ON "users" USING btree ("tenant_id","status","id");--> statement-breakpoint
CREATE INDEX "users_voice_route" ON "users" USING btree ("voice_route_id") WHERE "users"."voice_route_id" is not null;--> statement-breakpoint
CREATE INDEX "users_import" ON "users" USING btree ("import_id") WHERE "users"."import_id" is not null;--> statement-breakpoint
CREATE INDEX "users_aor" ON "users" USING btree ("pbx_id","aor_tag") WHERE "users"."aor_tag" is not null;--> statement-breakpoint
CREATE INDEX "users_did" ON "users" USING btree ("tenant_id","did") WHERE "users"."did" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "voice_routes_tenant_name" ON "voice_routes" USING btree ("tenant_id",lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "voice_routes_default" ON "voice_routes" USING btree ("tenant_id") WHERE "voice_routes"."is_default";