import type { Template } from './letter.ts';
import { Action, Facts, Paragraph } from './parts.tsx';

/** To staff, in English only. The reason is the name of the runbook's entry. */
export const staffAttention: Template<'staff-attention'> = (contents) => {
  const { planName, subscriptionId, reason, message, temporalUrl, options } = contents;
  const waits =
    options.length > 0
      ? 'The workflow of this subscription waits until a person decides how to go on.'
      : 'The subscription goes on; nothing waits for you, but somebody should look.';
  return {
    subject: `Needs attention: ${reason} (${planName}, ${subscriptionId})`,
    preview: waits,
    heading: 'A subscription needs attention',
    body: (
      <>
        <Paragraph>{waits}</Paragraph>
        <Facts
          facts={[
            { label: 'What happened', value: message },
            { label: 'Reason', value: reason, exact: true },
            { label: 'Plan', value: planName },
            { label: 'Subscription', value: subscriptionId, exact: true },
            {
              label: 'You can',
              value: options.length > 0 ? options.join(', ') : 'look and mend; nothing is offered',
            },
          ]}
        />
        <Action href={temporalUrl} label="Open the workflow" />
      </>
    ),
  };
};
