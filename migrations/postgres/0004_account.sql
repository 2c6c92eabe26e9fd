CREATE TABLE "letter" (
	"id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"due_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_up" (
	"account_id" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credential" ADD COLUMN "tag" text;--> statement-breakpoint
ALTER TABLE "groups" ADD COLUMN "second_factor" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "letter_due" ON "letter" USING btree ("due_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "credential_tag" ON "credential" USING btree ("tag");