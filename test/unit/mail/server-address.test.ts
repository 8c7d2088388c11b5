import assert from 'node:assert/strict';
import { parseSmtpUrl } from '../../../activities/mail/smtp/server-address.ts';
import { TenureFailure } from '../../../schemas/failures.ts';

describe('parseSmtpUrl', () => {
  it('reads host, port, TLS and login', () => {
    assert.deepEqual(parseSmtpUrl('smtps://us%40er:p%3A%2Fw@mail.example:2465'), {
      host: 'mail.example',
      port: 2465,
      secure: true,
      requireTls: true,
      login: { user: 'us@er', password: 'p:/w' },
    });
    assert.deepEqual(parseSmtpUrl('smtp://[::1]'), {
      host: '::1',
      port: 587,
      secure: false,
      requireTls: false,
      login: null,
    });
    assert.equal(parseSmtpUrl('smtps://mail.example').port, 465);
  });

  it('requires encryption where a password would leave the machine, unless told otherwise', () => {
    assert.equal(parseSmtpUrl('smtp://u:p@mail.example').requireTls, true);
    assert.equal(parseSmtpUrl('smtp://u:p@127.0.0.1:1025').requireTls, false);
    assert.equal(parseSmtpUrl('smtp://relay.internal:25').requireTls, false);
    assert.equal(parseSmtpUrl('smtp://u:p@relay.internal?tls=when-offered').requireTls, false);
    assert.equal(parseSmtpUrl('smtp://relay.internal?tls=required').requireTls, true);
  });

  it('refuses what it cannot use, without repeating it', () => {
    for (const url of [
      '',
      'mail.example:25',
      'http://u:geheim@mail.example',
      'smtp://',
      'smtp://u:geheim%zz@mail.example',
      'smtp://u:geheim@mail.example?tls=maybe',
    ]) {
      assert.throws(
        () => parseSmtpUrl(url),
        (error: unknown) =>
          error instanceof TenureFailure &&
          error.kind === 'needs-a-human' &&
          error.details.reason === 'bad-smtp-url' &&
          !`${error.message} ${JSON.stringify(error.details)}`.includes('geheim'),
        url,
      );
    }
  });
});
