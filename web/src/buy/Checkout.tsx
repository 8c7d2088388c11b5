import { Paper, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { CatalogView, ShopPlan } from '../../../schemas/api/shop.ts';
import { ApiProblem } from '../api/problem.ts';
import { ProblemAlert } from '../components/ProblemAlert.tsx';
import { useLanguage } from '../language/use-language.ts';
import { choicesOf } from '../shop/offer.ts';
import { useBilling } from '../shop/use-billing.ts';
import { AfterCancelling } from './AfterCancelling.tsx';
import classes from './Buy.module.css';
import { ContactFields } from './ContactFields.tsx';
import { findDraft, keepDraft } from './draft.ts';
import {
  FIELDS,
  type OrderForm,
  quantityOf,
  refusedFields,
  startForm,
  toRequest,
  type WrongFields,
  wrongFields,
} from './order-form.ts';
import { PlanChanged } from './PlanChanged.tsx';
import { ServerFields } from './ServerFields.tsx';
import { Summary } from './Summary.tsx';
import { useCheckout } from './use-checkout.ts';

/**
 * The order form with its live total. It keeps the plan as it was shown: if the plan changes meanwhile, the API
 * refuses the order and the buyer decides about the new terms.
 */
export function Checkout({ loadedPlan }: { loadedPlan: ShopPlan }) {
  const { language } = useLanguage();
  const [query] = useSearchParams();
  const [draft] = useState(() => findDraft(loadedPlan.key));
  const { billing, setInterval, setCurrency } = useBilling(draft?.billing);
  const [plan, setPlan] = useState(loadedPlan);
  const [form, setForm] = useState<OrderForm>(() => draft?.form ?? startForm(loadedPlan, query));
  const [wrong, setWrong] = useState<WrongFields>(new Set());
  const element = useRef<HTMLFormElement>(null);
  const queryClient = useQueryClient();
  const checkout = useCheckout();

  const problem = checkout.error instanceof ApiProblem ? checkout.error : null;
  const newPlan = problem?.plan ?? null;
  const busy = checkout.isPending || checkout.isSuccess;

  const change = (part: Partial<OrderForm>): void => {
    setForm({ ...form, ...part });
    setWrong(new Set([...wrong].filter((field) => !(field in part))));
  };

  const markWrong = (fields: WrongFields): void => {
    setWrong(fields);
    const first = FIELDS.find((field) => fields.has(field));
    element.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
  };

  const order = (orderedPlan: ShopPlan): void => {
    const fields = wrongFields(form, orderedPlan);
    markWrong(fields);
    const request = toRequest(form, orderedPlan, billing, language);
    if (fields.size > 0 || !request) return;
    keepDraft({ planKey: orderedPlan.key, form, billing });
    checkout.mutate(request, {
      onError: (error) => {
        if (error instanceof ApiProblem) markWrong(refusedFields(error));
      },
    });
  };

  const acceptNewPlan = (accepted: ShopPlan): void => {
    checkout.reset();
    setPlan(accepted);
    queryClient.setQueryData<CatalogView>(['catalog'], (catalog) => catalog && withPlan(catalog, accepted));
    order(accepted);
  };

  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) order(plan);
  };

  return (
    <form ref={element} onSubmit={onSubmit} noValidate className={classes['columns']}>
      <Stack gap="lg">
        <Paper className={classes['card']}>
          <ServerFields
            plan={plan}
            form={form}
            wrong={wrong}
            onChange={change}
            billing={billing}
            {...choicesOf({ shopName: '', plans: [plan] })}
            onInterval={setInterval}
            onCurrency={setCurrency}
          />
        </Paper>
        <Paper className={classes['card']}>
          <ContactFields form={form} wrong={wrong} onChange={change} />
        </Paper>
        <AfterCancelling graceDays={plan.graceDays} />
      </Stack>
      <Summary plan={plan} billing={billing} quantity={quantityOf(form, plan)} busy={busy}>
        {newPlan && (
          <PlanChanged
            shown={plan}
            offered={newPlan}
            billing={billing}
            quantity={quantityOf(form, plan)}
            onAccept={() => acceptNewPlan(newPlan)}
          />
        )}
        {checkout.error && !newPlan && wrong.size === 0 && <ProblemAlert error={checkout.error} />}
      </Summary>
    </form>
  );
}

function withPlan(catalog: CatalogView, changed: ShopPlan): CatalogView {
  return { ...catalog, plans: catalog.plans.map((each) => (each.key === changed.key ? changed : each)) };
}
