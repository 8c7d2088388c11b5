import type { Letter, Reader } from './letter.ts';
import { Action, Paragraph, PlainLink, Small } from './parts.tsx';

/** What a letter says about something that went wrong and is not the reader's to mend. */
export interface ApologyTexts {
  subject: (plan: string) => string;
  preview: string;
  heading: string;
  sorry: (plan: string) => string;
  promise: string;
  view: string;
  /** Ends before the address that the reader may write to. */
  ask: string;
}

/** A letter that is sorry, says what our staff do, and whom to write to. */
export function apology(
  texts: ApologyTexts,
  { planName, orderUrl }: { planName: string; orderUrl: string },
  { brand }: Pick<Reader, 'brand'>,
): Letter {
  return {
    subject: texts.subject(planName),
    preview: texts.preview,
    heading: texts.heading,
    body: (
      <>
        <Paragraph>{texts.sorry(planName)}</Paragraph>
        <Paragraph>{texts.promise}</Paragraph>
        <Action href={orderUrl} label={texts.view} />
        <Small>
          {texts.ask} <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
        </Small>
      </>
    ),
  };
}
