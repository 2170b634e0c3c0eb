ALTER TABLE "import_rows" ADD COLUMN "keys" jsonb;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "judged_with" text;