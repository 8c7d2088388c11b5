/** The pieces mails are made of. Each reads well as HTML and, through `plain-text.ts`, as text. */
import { Button, Heading, Link, Section, Text } from '@react-email/components';
import type { ReactNode } from 'react';
import { TenureFailure } from '../../../schemas/failures.ts';
import { STYLES } from './theme.ts';

export function Paragraph({ children }: { children: ReactNode }) {
  return (
    <Text className="ink" style={STYLES.paragraph}>
      {children}
    </Text>
  );
}

/** Something said quietly, below what matters more. */
export function Small({ children }: { children: ReactNode }) {
  return (
    <Text className="muted" style={STYLES.small}>
      {children}
    </Text>
  );
}

/** Something the reader must not overlook. */
export function Warning({ children }: { children: ReactNode }) {
  return (
    <Text className="warning" style={STYLES.warning}>
      {children}
    </Text>
  );
}

export function Subheading({ children }: { children: ReactNode }) {
  return (
    <Heading as="h2" className="ink" style={STYLES.subheading}>
      {children}
    </Heading>
  );
}

/** The one thing to do next: a button; in text, the label with the address below. */
export function Action({ href, label }: { href: string; label: string }) {
  return (
    <Section style={STYLES.buttonRow}>
      <Button className="button" data-action="true" href={checkedLink(href)} style={STYLES.button}>
        {label}
      </Button>
    </Section>
  );
}

/** Another thing the reader may do; in text like an action. */
export function QuietAction({ href, label }: { href: string; label: string }) {
  return (
    <Text className="muted" style={STYLES.small}>
      <Link className="link" data-action="true" href={checkedLink(href)} style={STYLES.link}>
        {label}
      </Link>
    </Text>
  );
}

export function PlainLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link className="link" href={checkedLink(href)} style={STYLES.link}>
      {children}
    </Link>
  );
}

export interface Fact {
  label: string;
  value: string;
  /** To be copied to the letter: addresses, commands, passwords. */
  exact?: boolean;
}

/** Names and values, one per line. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <table cellPadding={0} cellSpacing={0} data-text-format="dataTable" style={STYLES.facts}>
      <tbody>
        {facts.map(({ label, value, exact }) => (
          <tr key={label}>
            <th className="muted line" scope="row" style={STYLES.label}>
              {label}
            </th>
            <td className="ink line" style={exact ? { ...STYLES.value, ...STYLES.exactValue } : STYLES.value}>
              {value}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A mail whose one link is dead helps nobody: better that staff see the failure. */
export function checkedLink(href: string): string {
  const protocol = URL.canParse(href) ? new URL(href).protocol : '';
  if (protocol === 'https:' || protocol === 'http:' || protocol === 'mailto:') return href;
  throw new TenureFailure('refused', 'A link in a mail is not a web or mail address.', {
    reason: 'bad-link',
    nextStep: 'Check PUBLIC_URL and TEMPORAL_UI_URL.',
  });
}
