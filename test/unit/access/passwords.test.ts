import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkPassword, generatePassword } from '../../../activities/access/passwords.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

describe('passwords of new servers', () => {
  it('have a small letter, a capital, a digit, nothing else, and no look-alikes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 127 }), (length) => {
        const password = generatePassword(length);
        assert.equal(password.length, length);
        assert.match(password, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[2-9])[a-km-np-zA-HJ-NP-Z2-9]+$/);
        checkPassword(password);
      }),
    );
  });

  it('do not repeat, and are not made too short', () => {
    assert.equal(new Set(Array.from({ length: 200 }, () => generatePassword())).size, 200);
    assert.throws(() => generatePassword(19), RangeError);
  });

  it('are refused with characters that something on the way could take for its own, and not shown then', () => {
    const dangerous = fc.constantFrom(...' \t\r\n\0\'"`$\\:;&|<>(){}[]*?~!#%^,/‘’“”ü€');
    const letters = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
    fc.assert(
      fc.property(letters, dangerous, letters, (before, character, after) => {
        const password = `${before}${character}${after}`;
        assert.throws(
          () => checkPassword(password),
          (error: unknown) =>
            error instanceof TenureFailure &&
            error.kind === 'refused' &&
            error.details.reason === 'bad-password' &&
            !JSON.stringify([error.message, error.details]).includes(password),
        );
      }),
    );
  });

  it('are refused when they are short, empty, or could pass for an option', () => {
    for (const password of ['', 'Short1', '-Abcdefghijk1', '@Abcdefghijk1']) {
      assert.throws(() => checkPassword(password), TenureFailure);
    }
  });
});
