// Small comforts. Every page works without them.

function button(text, className) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = className;
  made.textContent = text;
  return made;
}

// What went wrong is read out, and the keyboard begins there.
document.querySelector('[data-focus]')?.focus();

// Passwords can be shown, and are hidden again before they are sent.
for (const input of document.querySelectorAll('input[data-show]')) {
  const { show, hide } = input.dataset;
  const toggle = button(show, 'toggle');
  const set = (shown) => {
    input.type = shown ? 'text' : 'password';
    toggle.textContent = shown ? hide : show;
    toggle.setAttribute('aria-pressed', String(shown));
  };
  const label = document.querySelector(`label[for="${CSS.escape(input.id)}"]`);
  if (label) {
    label.id = `${input.id}-label`;
    toggle.setAttribute('aria-describedby', label.id);
  }
  const around = document.createElement('span');
  around.className = 'with-toggle';
  input.replaceWith(around);
  around.append(input, toggle);
  toggle.addEventListener('click', () => set(input.type === 'password'));
  input.form?.addEventListener('submit', () => set(false));
}

// Values to be taken elsewhere can be copied.
if (navigator.clipboard) {
  for (const code of document.querySelectorAll('code[data-copy]')) {
    const { copy, copied, label } = code.dataset;
    const press = button(copy, 'toggle');
    const about = document.createElement('span');
    about.className = 'unseen';
    about.textContent = ` ${label}`;
    press.append(about);
    press.setAttribute('aria-live', 'polite');
    (code.closest('pre') ?? code).after(press);
    press.addEventListener('click', async () => {
      await navigator.clipboard.writeText(code.textContent);
      press.firstChild.textContent = copied;
      setTimeout(() => (press.firstChild.textContent = copy), 2500);
    });
  }
}

// Forms that ask for work bring the script that does it.
if (document.querySelector('[data-challenge]')) {
  const work = document.createElement('script');
  work.src = document.currentScript.src.replace(/aluco\.js/, 'work.js');
  document.head.append(work);
}

// What is to be kept on paper can be printed.
for (const around of document.querySelectorAll('[data-print]')) {
  const press = button(around.dataset.print, 'toggle');
  press.addEventListener('click', () => window.print());
  around.append(press);
}

// Instants are shown in the time of the reader's own clock.
const spoken = document.documentElement.lang;
for (const time of document.querySelectorAll('time[data-instant]')) {
  const format = new Intl.DateTimeFormat(spoken === 'en' ? 'en-GB' : spoken, { dateStyle: 'long', timeStyle: 'short' });
  time.textContent = format.format(new Date(time.dateTime));
}
