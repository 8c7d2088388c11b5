import { Anchor, Container, Group, Text } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavigationType, useLocation, useNavigationType } from 'react-router';
import { useCatalog } from '../api/use-catalog.ts';
import { ColorSchemeSwitch } from './ColorSchemeSwitch.tsx';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import classes from './Layout.module.css';

/** The frame of all pages: header with the switches, the page, footer. */
export function Layout({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const shopName = useCatalog().data?.shopName ?? '';
  useScrollToTop();

  return (
    <div className={classes['frame']}>
      <a className={classes['skip']} href="#content">
        {t('app.skip')}
      </a>
      <header className={classes['header']}>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
            <Link to="/" className={classes['brand']} aria-label={t('app.home', { shopName })}>
              <img src="/favicon.svg" alt="" width={30} height={30} />
              <span className={classes['brandName']}>{shopName}</span>
            </Link>
            <Group gap="xs" wrap="nowrap">
              <LanguageSwitch />
              <ColorSchemeSwitch />
            </Group>
          </Group>
        </Container>
      </header>
      <main id="content" tabIndex={-1} className={classes['main']}>
        <Container size="xl">{children}</Container>
      </main>
      <footer className={classes['footer']}>
        <Container size="xl">
          <Group justify="space-between" gap="xs">
            <Text size="sm" c="dimmed">
              {shopName && t('app.footer', { shopName })}
            </Text>
            <Anchor component={Link} to="/" size="sm">
              {t('app.allPlans')}
            </Anchor>
          </Group>
        </Container>
      </footer>
    </div>
  );
}

/** A new page starts at its top; going back keeps the browser's own position. */
function useScrollToTop(): void {
  const { pathname } = useLocation();
  const navigation = useNavigationType();
  useEffect(() => {
    if (navigation === NavigationType.Push) window.scrollTo(0, 0);
  }, [pathname, navigation]);
}
