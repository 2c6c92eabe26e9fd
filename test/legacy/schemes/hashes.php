<?php
// Hashes the passwords on standard input as PHP and the applications on it do.
use Symfony\Component\PasswordHasher\Hasher\MessageDigestPasswordHasher;

$symfony = '/usr/share/php/Symfony/Component/PasswordHasher/autoload.php';
if (is_file($symfony)) require $symfony;
$made = [];
function add($name, $password, $text, $more = [], $secrets = [])
{
    global $made;
    $made[] = ['name' => $name, 'password' => $password, 'hash' => ['text' => $text] + $more, 'secrets' => (object) $secrets];
}

foreach (json_decode(stream_get_contents(STDIN)) as $password) {
    $salt = bin2hex(random_bytes(4));
    $bcrypt = fn($text) => password_hash($text, PASSWORD_BCRYPT, ['cost' => 4]);
    add('password_hash', $password, $bcrypt($password));
    add('Nextcloud 1|', $password, '1|' . $bcrypt($password));
    if (defined('PASSWORD_ARGON2ID')) {
        $cost = ['memory_cost' => 64, 'time_cost' => 2, 'threads' => 1];
        add('password_hash argon2i', $password, password_hash($password, PASSWORD_ARGON2I, $cost));
        add('Nextcloud 2|', $password, '2|' . password_hash($password, PASSWORD_ARGON2I, $cost));
        add('Nextcloud 3|', $password, '3|' . password_hash($password, PASSWORD_ARGON2ID, $cost));
        add('MediaWiki with argon2', $password, ':argon2:' . password_hash(Normalized($password), PASSWORD_ARGON2ID, $cost));
        add('Matomo with argon2', $password, password_hash(md5($password), PASSWORD_ARGON2ID, $cost), ['algorithm' => 'matomo']);
    }
    $nextcloud = ['algorithm' => 'nextcloud'];
    add('Nextcloud of old', $password, $bcrypt($password . 'sel'), $nextcloud, ['salt' => 'sel']);
    add('Nextcloud of old, before its salt', $password, $bcrypt($password), $nextcloud, ['salt' => 'sel']);
    add('Nextcloud of very old', $password, sha1($password), $nextcloud, ['salt' => 'sel']);
    $wordpress = base64_encode(hash_hmac('sha384', trim($password), 'wp-sha384', true));
    add('WordPress 6.8', $password, '$wp' . $bcrypt($wordpress));
    add('WordPress 6.8, blanks around', "  $password\t\n", '$wp' . $bcrypt($wordpress));
    add('WordPress with a plug-in, blanks around', "  $password\t\n", $bcrypt($password), ['algorithm' => 'wordpress']);
    add('WordPress of old', $password, md5($password), ['algorithm' => 'wordpress']);
    add('Matomo', $password, $bcrypt(md5($password)), ['algorithm' => 'matomo']);
    add('Matomo of old', $password, md5($password), ['algorithm' => 'matomo']);
    add('FluxBB from MD5', $password, '#MD5#' . $bcrypt(md5($password)));
    add('FluxBB from SHA-1', $password, '#SHA1#' . $bcrypt(sha1($password)));
    add('FluxBB from salted SHA-1', $password, "#SHA1-S#$salt#" . $bcrypt(sha1($salt . sha1($password))));
    $wiki = explode('$', $bcrypt(Normalized($password)));
    add('MediaWiki with bcrypt', $password, ":bcrypt:{$wiki[2]}$" . substr($wiki[3], 0, 22) . '$' . substr($wiki[3], 22));
    foreach (['$1$' => "$1$$salt$", '$5$' => "$5$$salt$", '$6$' => "$6\$rounds=1234$$salt$", '$2y$' => '$2y$04$' . str_repeat('.', 22)] as $name => $setting) {
        $text = crypt($password, $setting);
        // PHP takes no password for SHA-crypt that is much longer than usual.
        if (strlen($text) > 13) add("crypt $name", $password, $text);
    }
    if (class_exists(MessageDigestPasswordHasher::class)) {
        // As it is set up where nobody chose; wallabag's accounts have a salt, later ones may have none.
        $hasher = new MessageDigestPasswordHasher();
        add('Symfony', $password, $hasher->hash($password, $salt), ['salt' => $salt, 'algorithm' => 'symfony']);
        add('Symfony without a salt', $password, $hasher->hash($password), ['algorithm' => 'symfony']);
    }
    add('hash_pbkdf2', $password, hash_pbkdf2('sha256', $password, $salt, 321, 64), ['salt' => $salt, 'algorithm' => 'pbkdf2-sha256', 'iterations' => '321']);
}

function Normalized($text)
{
    return class_exists('Normalizer') ? Normalizer::normalize($text) : str_replace("e\u{301}", 'é', $text);
}

echo json_encode($made);
