CREATE TABLE "saml_key" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" bigint NOT NULL,
	"signs_from" bigint NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saml_session" (
	"id_hash" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"expires_hour" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "service_provider" (
	"id" text PRIMARY KEY NOT NULL,
	"application_id" text NOT NULL,
	"entity_id" text NOT NULL,
	"settings" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "saml_session_expires" ON "saml_session" USING btree ("expires_hour");--> statement-breakpoint
CREATE UNIQUE INDEX "service_provider_entity" ON "service_provider" USING btree ("entity_id");--> statement-breakpoint
CREATE INDEX "service_provider_application" ON "service_provider" USING btree ("application_id");