import './styles.ts';
import { Alert, Button, Stack } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { OrderView } from '../../../schemas/api/shop.ts';
import { hasStatus } from '../api/problem.ts';
import { MessagePage } from '../app/MessagePage.tsx';
import { PageSkeleton } from '../app/PageSkeleton.tsx';
import { ProblemPage } from '../components/ProblemPage.tsx';
import { Facts } from './Facts.tsx';
import { History } from './History.tsx';
import { Manage } from './Manage.tsx';
import classes from './Order.module.css';
import { Servers } from './Servers.tsx';
import { StandingPanel } from './StandingPanel.tsx';
import { type Connection, useOrder } from './use-order.ts';

/** `/order/:token`: where an order stands, live, and what can be done with it. */
export function OrderPage() {
  const { token = '' } = useParams();
  const { order, connection } = useOrder(token);
  if (order.data) return <Order token={token} order={order.data} connection={connection} />;
  if (hasStatus(order.error, 404)) return <OrderNotFound />;
  if (order.error) return <ProblemPage error={order.error} onRetry={() => void order.refetch()} />;
  return <PageSkeleton />;
}

function Order({ token, order, connection }: { token: string; order: OrderView; connection: Connection }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      {connection === 'lost' && (
        <Alert role="status" color="amber" icon={<IconPlugConnectedX aria-hidden />}>
          {t('order.connectionLost')}
        </Alert>
      )}
      <StandingPanel token={token} order={order} />
      <div className={classes['columns']}>
        <Stack gap="lg">
          <Servers token={token} order={order} />
          <History order={order} />
        </Stack>
        <Stack gap="lg">
          <Facts order={order} />
          <Manage token={token} order={order} />
        </Stack>
      </div>
    </Stack>
  );
}

function OrderNotFound() {
  const { t } = useTranslation();
  return (
    <MessagePage title={t('order.notFoundTitle')} text={t('order.notFoundText')}>
      <Button component={Link} to="/">
        {t('app.toShop')}
      </Button>
    </MessagePage>
  );
}
