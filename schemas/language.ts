import { z } from 'zod';

/** Languages that pages and mails speak. */
export const LANGUAGES = ['en', 'de'] as const;
export const Language = z.enum(LANGUAGES);
export type Language = z.infer<typeof Language>;

/** A text in every language we speak. */
export const LocalizedText = z.object({ en: z.string().min(1), de: z.string().min(1) });
export type LocalizedText = z.infer<typeof LocalizedText>;
