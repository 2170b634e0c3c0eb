ALTER TABLE "pbxs" ADD COLUMN "persona_found" text;--> statement-breakpoint
ALTER TABLE "pbxs" ADD COLUMN "file_key_sealed" text;