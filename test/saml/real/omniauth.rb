# Two sites that sign people in with omniauth-saml: one reads its settings and stores people as Mastodon does, the other
# as GitLab does. Its one argument is a file of settings, in JSON.

require 'json'
require 'logger'
require 'omniauth-saml'
require 'rack'
require 'rack/protection'
require 'rack/session/pool'
require 'webrick'
require 'yaml'

SETTINGS = JSON.parse(File.read(ARGV[0], encoding: 'UTF-8'))

OmniAuth.config.logger = Logger.new($stderr, level: Logger::WARN)
OmniAuth.config.on_failure = proc do |env|
  problem = { error: env['omniauth.error.type'], message: env['omniauth.error']&.message }
  [403, { 'content-type' => 'application/json' }, [JSON.generate(problem)]]
end

# What Mastodon makes of SAML_* in its environment. Its settings are a file of YAML that the values are written into
# as they are: what is absent from a list becomes the word "nil" there.
module Mastodon
  def self.value(text)
    YAML.safe_load("shared:\n  saml:\n    value: #{text}\n").dig('shared', 'saml', 'value')
  end

  def self.options(env)
    switch = ->(name) { env.fetch(name, 'false') == 'true' }
    plain = ->(name) { value(env[name]) }
    statements = ->(name) { value([env["SAML_ATTRIBUTES_STATEMENTS_#{name}"]]) }
    {
      assertion_consumer_service_url: plain.call('SAML_ACS_URL'),
      issuer: plain.call('SAML_ISSUER'),
      idp_sso_target_url: plain.call('SAML_IDP_SSO_TARGET_URL'),
      idp_cert: plain.call('SAML_IDP_CERT'),
      idp_cert_fingerprint: plain.call('SAML_IDP_CERT_FINGERPRINT'),
      name_identifier_format: plain.call('SAML_NAME_IDENTIFIER_FORMAT'),
      request_attributes: {},
      certificate: plain.call('SAML_CERT'),
      private_key: plain.call('SAML_PRIVATE_KEY'),
      security: {
        want_assertions_signed: switch.call('SAML_SECURITY_WANT_ASSERTION_SIGNED'),
        want_assertions_encrypted: switch.call('SAML_SECURITY_WANT_ASSERTION_ENCRYPTED'),
        assume_email_is_verified: switch.call('SAML_SECURITY_ASSUME_EMAIL_IS_VERIFIED'),
      },
      attribute_statements: {
        uid: statements.call('UID'),
        email: statements.call('EMAIL'),
        full_name: statements.call('FULL_NAME'),
        first_name: statements.call('FIRST_NAME'),
        last_name: statements.call('LAST_NAME'),
        verified: statements.call('VERIFIED'),
        verified_email: statements.call('VERIFIED_EMAIL'),
      },
      uid_attribute: plain.call('SAML_UID_ATTRIBUTE'),
      allowed_clock_drift: plain.call('SAML_ALLOWED_CLOCK_DRIFT'),
    }
  end

  # The people it stored, by what identifies them.
  class People
    def initialize(assume_verified)
      @assume_verified = assume_verified
      @stored = {}
    end

    def store(auth)
      @stored[auth.uid] ||= made_from(auth)
    end

    private

    def made_from(auth)
      info = auth.info
      email = info.verified_email || info.email
      verified = info.verified || info.verified_email || info.email_verified || @assume_verified
      names = info.full_name || info.name || [info.first_name, info.last_name].join(' ')
      {
        username: free(auth.uid.split('@')[0].gsub(/[^a-z0-9_]+/i, '')[0, 30]),
        email: email || "change@me-#{auth.uid}-#{auth.provider}.com",
        confirmed: verified ? true : false,
        display_name: names,
      }
    end

    def free(wanted)
      taken = @stored.values.map { |person| person[:username] }
      number = 0
      name = wanted
      name = "#{wanted}_#{number += 1}" while taken.include?(name)
      name
    end
  end
end

# What GitLab stores: the attribute that it is told to take as nickname is the username.
module GitLab
  class People
    def initialize
      @stored = {}
    end

    def store(auth)
      info = auth.info
      name = info.name || [info.first_name, info.last_name].join(' ')
      @stored[auth.uid] ||= { username: info.nickname || info.email.split('@')[0], email: info.email, display_name: name }
    end
  end
end

def json(status, value)
  [status, { 'content-type' => 'application/json' }, [JSON.generate(value)]]
end

# A site whose people sign in at `prefix`/saml: a page with the button, the answer, who is there.
def site(prefix, people, options)
  application = lambda do |env|
    session = env['rack.session']
    case env['PATH_INFO']
    when "#{prefix}/saml/callback"
      auth = env['omniauth.auth']
      stored = people.store(auth)
      session['who'] = {
        nameId: session['saml_uid'],
        sessionIndex: session['saml_session_index'],
        stored: stored,
        attributes: auth.extra.raw_info.attributes.reject { |name, _| name == 'fingerprint' },
      }
      json(200, session['who'])
    when '/sign_in'
      token = Rack::Protection::AuthenticityToken.token(session)
      button = "<form action='#{prefix}/saml#{env['QUERY_STRING'].empty? ? '' : '?'}#{env['QUERY_STRING']}' method='post'>" \
               "<input type='hidden' name='authenticity_token' value='#{token}'><button>Sign in</button></form>"
      [200, { 'content-type' => 'text/html' }, [button]]
    when '/who'
      # After a logout the library has forgotten its part of the session.
      session['who'] && session['saml_uid'] ? json(200, session['who']) : json(401, {})
    when '/bye'
      json(200, { left: true })
    else
      json(404, {})
    end
  end
  # A refusal outside of the sign-in is an error of the site.
  errors = lambda do |app|
    lambda do |env|
      app.call(env)
    rescue StandardError => e
      json(500, { error: e.class.name, message: e.message })
    end
  end
  Rack::Builder.app do
    use Rack::Session::Pool, key: 'omniauth'
    use(Class.new { define_method(:initialize) { |app| @app = errors.call(app) }; def call(env) = @app.call(env) })
    use OmniAuth::Builder do
      configure { |config| config.path_prefix = prefix }
      provider :saml, options
    end
    run application
  end
end

# GitLab's settings are its own code, so that they can ask for what Mastodon's cannot.
def gitlab(settings)
  options = settings.fetch('options').transform_keys(&:to_sym)
  options[:security] = options.fetch(:security, {}).transform_keys(&:to_sym)
  options[:setup] = lambda do |env|
    asked = Rack::Request.new(env).params
    env['omniauth.strategy'].options[:force_authn] = true if asked['force']
    env['omniauth.strategy'].options[:passive] = true if asked['passive']
  end
  site('/users/auth', GitLab::People.new, options)
end

def mastodon(settings)
  options = Mastodon.options(settings.fetch('environment'))
  site('/auth/auth', Mastodon::People.new(options.dig(:security, :assume_email_is_verified)), options)
end

application = SETTINGS.key?('environment') ? mastodon(SETTINGS) : gitlab(SETTINGS)
Rack::Handler::WEBrick.run(
  application,
  BindAddress: '127.0.0.1', Port: SETTINGS['port'], AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN)
)
