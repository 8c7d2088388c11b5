/** How people are reached, wherever it is typed: at checkout, and by staff who correct it. */
import { z } from 'zod';

/** No line breaks or other control characters: names and addresses go into mail headers. */
export const singleLine = (text: string): boolean => !/\p{Cc}/u.test(text);

export const EmailAddress = z.email().max(254);

export const PersonName = z.string().trim().min(1).max(200).refine(singleLine, 'must be one line');
