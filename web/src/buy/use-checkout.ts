import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { v4 as uuid } from 'uuid';
import type { CheckoutRequest } from '../../../schemas/api/shop.ts';
import { createCheckout } from '../api/client.ts';
import { rememberPaymentVisit } from '../order/payment-visit.ts';
import { ApiProblem } from '../api/problem.ts';

const NOTHING_SENT = { order: '', key: '' };

/**
 * Places the order and goes on to the payment page. The same order sent again after a lost answer carries the
 * same idempotency key; a changed one, or one after a visit to the payment page, gets a new key.
 */
export function useCheckout() {
  const sent = useRef(NOTHING_SENT);

  const checkout = useMutation({
    mutationFn: (request: CheckoutRequest) => {
      const order = JSON.stringify(request);
      if (sent.current.order !== order) sent.current = { order, key: uuid() };
      return createCheckout(request, sent.current.key);
    },
    onSuccess: ({ orderToken, paymentUrl }) => {
      rememberPaymentVisit(orderToken);
      window.location.assign(paymentUrl);
    },
    onError: (error) => {
      // A refusal is remembered under its key, so the next try needs a new one; what may still be carried out keeps it.
      if (isRefusal(error)) sent.current = NOTHING_SENT;
    },
  });

  const { reset } = checkout;
  useEffect(() => {
    // Back from the payment page by the browser's button: the page is shown as it was left, waiting.
    const onShow = (event: PageTransitionEvent): void => {
      if (!event.persisted) return;
      sent.current = NOTHING_SENT;
      reset();
    };
    window.addEventListener('pageshow', onShow);
    return () => window.removeEventListener('pageshow', onShow);
  }, [reset]);

  return checkout;
}

function isRefusal(error: Error): boolean {
  return (
    error instanceof ApiProblem &&
    error.problem.status < 500 &&
    error.problem.reason !== 'idempotency-key-in-use'
  );
}
