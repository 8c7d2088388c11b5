import { lazy, Suspense } from 'react';
import { Route, Routes, useLocation } from 'react-router';
import { ShopPage } from '../shop/ShopPage.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
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
  const { pathname } = useLocation();
  return (
    // By path, so that whoever leaves a broken page leaves its error behind.
    <ErrorBoundary key={pathname}>
      <Suspense fallback={<PageSkeleton />}>
        <Routes>
          <Route path="/" element={<ShopPage />} />
          <Route path="/buy/:planKey" element={<BuyPage />} />
          <Route path="/order/:token" element={<OrderPage />} />
          <Route path="/credentials/:token" element={<CredentialsPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Routes>
      </Suspense>
    </ErrorBoundary>
  );
}
