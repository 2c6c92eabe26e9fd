// Passkeys. A form asks the browser for one, and sends what it says like any other field. Where the browser knows none,
// the forms stay hidden, and what is there instead stays shown.
{
  const { PublicKeyCredential: Passkey } = window;
  // They belong to a name: under a bare number there are none.
  const isNamed = !/^[\d.]+$|^\[/u.test(location.hostname);
  const canAsk = isNamed && Passkey?.parseRequestOptionsFromJSON && Passkey.parseCreationOptionsFromJSON;

  // A question that waits in the background is asked anew before the server forgets it.
  const RENEWAL = 'renewal';
  const RENEW_AFTER = 540_000;
  let waiting = new AbortController();

  async function questionOf(form) {
    const answer = await fetch(form.dataset.options, {
      method: 'POST',
      body: new URLSearchParams({ csrf: form.elements.csrf.value }),
      headers: { accept: 'application/json' },
      redirect: 'manual',
    });
    // Signed out meanwhile, or too much time has passed: the page says so.
    const isOver = answer.type === 'opaqueredirect' || answer.status === 410;
    if (!answer.ok) throw new DOMException('', isOver ? 'InvalidAccessError' : 'NetworkError');
    return answer.json();
  }

  async function ask(form, how) {
    waiting.abort();
    waiting = new AbortController();
    const { signal } = waiting;
    const question = await questionOf(form);
    const credential =
      form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ signal, publicKey: Passkey.parseCreationOptionsFromJSON(question) })
        : await navigator.credentials.get({ signal, publicKey: Passkey.parseRequestOptionsFromJSON(question), ...how });
    form.elements.response.value = JSON.stringify(credential);
    form.submit();
  }

  // The field for the name offers passkeys too, where browsers can do that.
  async function offer(form) {
    if (!form.hasAttribute('data-offer') || !(await Passkey.isConditionalMediationAvailable?.())) return;
    const timer = setTimeout(() => waiting.abort(RENEWAL), RENEW_AFTER);
    try {
      await ask(form, { mediation: 'conditional' });
    } catch (error) {
      // Nobody asked for anything: there is nothing to be told.
      if (error === RENEWAL) void offer(form);
    } finally {
      clearTimeout(timer);
    }
  }

  const words = {
    InvalidStateError: 'known',
    NotAllowedError: 'cancelled',
    AbortError: 'cancelled',
    NetworkError: 'later',
  };

  async function onSubmit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const said = form.querySelector('[role="status"]');
    said.textContent = form.dataset.waiting;
    try {
      await ask(form);
    } catch (error) {
      if (error.name === 'InvalidAccessError') location.reload();
      said.textContent = form.dataset[words[error.name] ?? 'failed'];
      void offer(form);
    }
  }

  if (canAsk) {
    for (const instead of document.querySelectorAll('[data-no-passkey]')) instead.hidden = true;
    for (const form of document.querySelectorAll('form[data-passkey]')) {
      form.hidden = false;
      form.addEventListener('submit', onSubmit);
      void offer(form);
    }
  }
}
