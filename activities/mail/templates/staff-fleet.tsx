import type { Template } from './letter.ts';
import { Facts, Paragraph } from './parts.tsx';

/** To staff, in English only: what a comparison of a provider with the database has found since the last mail. */
export const staffFleet: Template<'staff-fleet'> = ({ provider, findings, more }) => ({
  subject: `Something does not fit at ${provider} (${findings.length + more})`,
  preview: 'The reconciler has found what a person should look at.',
  heading: `Something does not fit at ${provider}`,
  body: (
    <>
      <Paragraph>
        The comparison of {provider} with the database has found this. Each kind is explained in the
        operations manual; GET /v1/findings lists them all, and each can be ignored, or removed where that
        makes sense.
      </Paragraph>
      {findings.map(({ id, kind, ref, expected, seen, detail }) => (
        <Facts
          key={id}
          facts={[
            { label: 'Kind', value: kind, exact: true },
            { label: 'Finding', value: id, exact: true },
            { label: 'About', value: ref, exact: true },
            ...(expected === null ? [] : [{ label: 'Expected', value: expected }]),
            ...(seen === null ? [] : [{ label: 'Seen', value: seen }]),
            ...(detail === null ? [] : [{ label: 'Detail', value: detail }]),
          ]}
        />
      ))}
      {more > 0 && <Paragraph>And {more} more.</Paragraph>}
    </>
  ),
});
