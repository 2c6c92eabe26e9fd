// Works out what a form asks for while somebody fills it in. Where that cannot be, the question in its place is shown.

const solverAddress = document.currentScript.src.replace(/work\.js/, 'work-solver.js');

function solve(challenge) {
  return new Promise((resolve, reject) => {
    const solver = new Worker(solverAddress);
    solver.addEventListener('error', () => reject(new Error('no solver')));
    solver.addEventListener('message', ({ data }) => {
      solver.terminate();
      if (data === null || data.error) reject(new Error('no solution'));
      else resolve(data);
    });
    solver.postMessage({ type: 'work', challenge, counterStart: 0, counterStep: 1, timeout: 120_000 });
  });
}

for (const part of document.querySelectorAll('[data-challenge]')) {
  const form = part.closest('form');
  const proof = part.querySelector('input[name="work_proof"]');
  const said = part.querySelector('[role="status"]');
  // Kept by the browser from an earlier visit, it was used already.
  proof.value = '';
  /** The button that was pressed before the work was done. */
  let pressed;
  let isOver = false;

  const askInstead = () => {
    isOver = true;
    part.classList.add('asks');
    said.textContent = pressed ? part.dataset.failed : '';
    if (pressed) part.querySelector('input[name="work"]').focus();
  };

  if (!window.isSecureContext || !window.crypto?.subtle || !window.Worker) {
    askInstead();
    continue;
  }
  part.classList.add('works');
  said.textContent = part.dataset.working;
  const challenge = JSON.parse(part.dataset.challenge);
  solve(challenge).then((solution) => {
    isOver = true;
    proof.value = btoa(JSON.stringify({ challenge, solution }));
    said.textContent = part.dataset.done;
    if (pressed) form.requestSubmit(pressed);
  }, askInstead);

  form.addEventListener('submit', (event) => {
    // Whoever answered the question need not wait.
    if (isOver || part.querySelector('input[name="work"]').value !== '') return;
    event.preventDefault();
    pressed = event.submitter;
    said.textContent = part.dataset.waiting;
  });
}
