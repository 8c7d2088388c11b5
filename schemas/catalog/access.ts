import { z } from 'zod';

export const AccessProtocol = z.enum(['ssh', 'rdp', 'web']);
export type AccessProtocol = z.infer<typeof AccessProtocol>;

/** What an application on the web answers when it works. */
export const WebAccess = z.strictObject({
  /** Below the address that the provider tells. */
  path: z.string().startsWith('/').default('/'),
  status: z.int().min(200).max(499).default(200),
  /** How the password is tried: HTTP Basic, as a bearer token, or not at all, where people sign in by a form. */
  signIn: z.enum(['basic', 'bearer', 'none']).default('basic'),
});
export type WebAccess = z.infer<typeof WebAccess>;

export const Access = z
  .strictObject({
    /** How the customer signs in, and so how "it works" is proven. */
    protocol: AccessProtocol,
    username: z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/),
    web: WebAccess.optional(),
  })
  .refine(({ protocol, web }) => (protocol === 'web') === (web !== undefined), {
    path: ['web'],
    message: 'goes with the protocol web, and only with it',
  });
