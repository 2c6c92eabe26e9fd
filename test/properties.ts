import fc from 'fast-check';

/**
 * The library of properties, drawing the same values at every run: a change fails for what it did, and not for what was
 * drawn that day. `ALUCO_TEST_SEED` draws others.
 */
fc.configureGlobal({ seed: Number(process.env['ALUCO_TEST_SEED'] ?? 20_261_127) });

export { fc };
