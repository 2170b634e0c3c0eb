CREATE TABLE "file_run_parts" (
	"run_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"content_sealed" text NOT NULL,
	CONSTRAINT "file_run_parts_run_id_number_pk" PRIMARY KEY("run_id","number")
);
--> statement-breakpoint
CREATE TABLE "file_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"pbx_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"size" integer NOT NULL,
	"state" text NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"users" integer,
	"provisioned" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"passed_over" integer DEFAULT 0 NOT NULL,
	"off" integer DEFAULT 0 NOT NULL,
	"unknown_count" integer DEFAULT 0 NOT NULL,
	"unknown_macs" text[] DEFAULT '{}' NOT NULL,
	"failures" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"done_up_to" uuid,
	"failure" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "file_run_parts" ADD CONSTRAINT "file_run_parts_run_id_file_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."file_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_runs" ADD CONSTRAINT "file_runs_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_runs" ADD CONSTRAINT "file_runs_pbx_id_pbxs_id_fk" FOREIGN KEY ("pbx_id") REFERENCES "public"."pbxs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "file_runs_open" ON "file_runs" USING btree ("pbx_id") WHERE "file_runs"."state" in ('waiting', 'running');--> statement-breakpoint
CREATE INDEX "file_runs_pbx" ON "file_runs" USING btree ("pbx_id","id");