CREATE TABLE "connection" (
	"id" text PRIMARY KEY NOT NULL,
	"day" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recent_sign_ins" (
	"application_id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account" ADD COLUMN "mailbox_search_tag" text;--> statement-breakpoint
CREATE INDEX "connection_day" ON "connection" USING btree ("day");--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_token" ON "invitation" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "invitation_expires" ON "invitation" USING btree ("expires_hour");--> statement-breakpoint
CREATE INDEX "account_mailbox_search" ON "account" USING btree ("mailbox_search_tag");--> statement-breakpoint
CREATE INDEX "account_status" ON "account" USING btree ("status");