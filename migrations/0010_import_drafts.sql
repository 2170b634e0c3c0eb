ALTER TABLE "import_rows" ADD COLUMN "new_user_id" uuid;--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "prov_password_sealed" text;--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "sip_password_sealed" text;--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "portal_login_password_sealed" text;--> statement-breakpoint
ALTER TABLE "import_rows" ADD COLUMN "draft" jsonb;--> statement-breakpoint
ALTER TABLE "import_rows" DROP COLUMN "keys";--> statement-breakpoint
-- Rows that came before have no draft: they are judged anew.
UPDATE "imports" SET "judged_with" = NULL WHERE "judged_with" IS NOT NULL;