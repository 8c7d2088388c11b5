import { Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { NavigationType, useLocation, useNavigationType } from 'react-router';
import { useCatalog } from '../api/use-catalog.ts';

/**
 * The page's first heading, and the browser's title with it. After a change of page it takes the focus, so that a
 * screen reader starts there.
 */
export function PageTitle({ title, tabTitle = title }: { title: string; tabTitle?: string }) {
  const shopName = useCatalog().data?.shopName ?? 'Tenure';
  const heading = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();
  const navigation = useNavigationType();

  useEffect(() => {
    document.title = `${tabTitle} · ${shopName}`;
  }, [tabTitle, shopName]);

  useEffect(() => {
    // "default" is the page the visit began with: the browser puts the focus where it belongs.
    if (key !== 'default' && navigation === NavigationType.Push)
      heading.current?.focus({ preventScroll: true });
  }, [key, navigation]);

  return (
    <Title order={1} ref={heading} tabIndex={-1} data-page-title>
      {title}
    </Title>
  );
}
