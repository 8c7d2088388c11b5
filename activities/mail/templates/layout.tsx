/** The frame around every mail: brand, greeting, the letter, regards, and why it was sent. */
import {
  Column,
  Container,
  Head,
  Heading,
  Html,
  Link,
  Preview,
  Row,
  Section,
  Text,
} from '@react-email/components';
import { type Letter, type Reader, bilingual } from './letter.ts';
import { Paragraph, PlainLink, checkedLink } from './parts.tsx';
import { STYLES, STYLE_SHEET } from './theme.ts';

const TEXTS = bilingual({
  en: {
    greeting: 'Hello,',
    regards: 'Kind regards,',
    automatic: (brand: string) => `${brand} sent this mail automatically.`,
    questions: 'Questions? Write to',
  },
  de: {
    greeting: 'Guten Tag,',
    regards: 'Freundliche Grüße',
    automatic: (brand) => `${brand} hat diese E-Mail automatisch verschickt.`,
    questions: 'Fragen? Schreiben Sie an',
  },
});

export function Layout({ letter, reader }: { letter: Letter; reader: Reader }) {
  const { brand, language } = reader;
  const texts = TEXTS[language];
  return (
    <Html lang={language}>
      <Head>
        <meta content="width=device-width, initial-scale=1" name="viewport" />
        <meta content="light dark" name="color-scheme" />
        <meta content="light dark" name="supported-color-schemes" />
        <title>{letter.subject}</title>
        <style>{STYLE_SHEET}</style>
      </Head>
      <Preview>{letter.preview}</Preview>
      <body className="page" style={STYLES.body}>
        <Section className="page" style={STYLES.page}>
          <Row>
            <Column style={STYLES.pagePadding}>
              <Container style={STYLES.container}>
                <Section>
                  <Link className="ink" href={checkedLink(brand.url)} style={STYLES.brand}>
                    {brand.name}
                  </Link>
                </Section>
                <Section className="card" style={STYLES.card}>
                  <Row>
                    <Column className="card-padding" style={STYLES.cardPadding}>
                      <Heading as="h1" className="ink" style={STYLES.heading}>
                        {letter.heading}
                      </Heading>
                      <Paragraph>{texts.greeting}</Paragraph>
                      {letter.body}
                      <Text className="ink" style={STYLES.regards}>
                        {texts.regards}
                        <br />
                        {brand.name}
                      </Text>
                    </Column>
                  </Row>
                </Section>
                <Text className="muted" style={STYLES.footer}>
                  {texts.automatic(brand.name)} {texts.questions}{' '}
                  <PlainLink href={`mailto:${brand.supportEmail}`}>{brand.supportEmail}</PlainLink>
                </Text>
              </Container>
            </Column>
          </Row>
        </Section>
      </body>
    </Html>
  );
}
