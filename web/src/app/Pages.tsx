import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';
import { ShopPage } from '../shop/ShopPage.tsx';
import { NotFoundPage } from './NotFoundPage.tsx';
import { PageSkeleton } from './PageSkeleton.tsx';

// The shop is the usual first page; the others are loaded when they are opened.
const BuyPage = lazy(async () => ({ default: (await import('../buy/BuyPage.tsx')).BuyPage }));
const OrderPage = lazy(async () => ({ default: (await import('../order/OrderPage.tsx')).OrderPage }));
const CredentialsPage = lazy(async () => ({
  default: (await import('../credentials/CredentialsPage.tsx')).CredentialsPage,
}));

/** Which page stands at which address. */
export function Pages() {
  return (
    <Suspense fallback={<PageSkeleton />}>
      <Routes>
        <Route path="/" element={<ShopPage />} />
        <Route path="/buy/:planKey" element={<BuyPage />} />
        <Route path="/order/:token" element={<OrderPage />} />
        <Route path="/credentials/:token" element={<CredentialsPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Suspense>
  );
}
