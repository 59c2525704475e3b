<?xml version='1.0' encoding='UTF-8'?>
<!-- Stand-in renderer, written for this repository (XSLT 1.0).
     In a checkout of xsf/xeps the real xep.xsl takes its place. -->
<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>
  <xsl:output method='html' encoding='UTF-8' doctype-system='about:legacy-compat'/>

  <xsl:template match='/xep'>
    <html lang='en'>
      <head>
        <meta charset='UTF-8'/>
        <meta name='viewport' content='width=device-width, initial-scale=1'/>
        <meta name='description' content='{normalize-space(header/abstract)}'/>
        <title><xsl:value-of select='header/title'/></title>
        <style>
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #f5f4f1; --line: #d8d5ce; --link: #0b5cad; --dim: #63625e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e4df; --paper: #17181a; --soft: #222427; --line: #3b3d41; --link: #7db7f0; --dim: #a19f99 } }
body { max-width: 48rem; margin: 2.5rem auto 6rem; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 1rem/1.6 system-ui, sans-serif }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.4rem; margin: 2.8rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.12rem; margin: 2rem 0 .4rem } h4 { font-size: 1rem; margin: 1.4rem 0 .3rem }
h2 a, h3 a, h4 a { color: inherit; text-decoration: none }
a { color: var(--link) }
.abstract { font-size: 1.1rem } .facts, .note { color: var(--dim); font-size: .85rem }
nav ol { list-style: none; margin: 0; padding: 0; columns: 2 18rem } nav li { break-inside: avoid }
nav ol ol { columns: 1; padding-left: 1.4rem; font-size: .92rem }
figure { margin: 1.2rem 0 } figcaption { font-size: .88rem; font-weight: 600; margin-bottom: .3rem }
pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; font: .8rem/1.5 ui-monospace, monospace }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: 0 .2em; border-radius: .2em }
table { border-collapse: collapse; margin: 1.2rem 0; font-size: .9rem; display: block; overflow-x: auto }
caption { text-align: left; font-weight: 600; margin-bottom: .3rem } th { background: var(--soft) }
td, th { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top }
dt { font-weight: 600; margin-top: .6rem } dd { margin-left: 1.4rem }
        </style>
      </head>
      <body>
        <header>
          <h1>ProtoXEP: <xsl:value-of select='header/title'/></h1>
          <p class='abstract'><xsl:value-of select='header/abstract'/></p>
          <p class='facts'>
            <xsl:value-of select='header/status'/> &#183; <xsl:value-of select='header/type'/> &#183; version
            <xsl:value-of select='header/revision[1]/version'/> (<xsl:value-of select='header/revision[1]/date'/>) &#183;
            <xsl:for-each select='header/author'>
              <xsl:value-of select='concat(firstname, " ", surname)'/>
              <xsl:if test='email'> &lt;<xsl:value-of select='email'/>&gt;</xsl:if>
              <xsl:if test='position() != last()'>, </xsl:if>
            </xsl:for-each>
          </p>
        </header>
        <nav aria-label='Contents'>
          <h2>Contents</h2>
          <ol><xsl:apply-templates select='section1' mode='contents'/></ol>
        </nav>
        <main><xsl:apply-templates select='section1'/></main>
        <footer>
          <h2>Notice</h2>
          <xsl:for-each select='header/legal/*'><p class='note'><xsl:apply-templates/></p></xsl:for-each>
          <h2>Revisions</h2>
          <dl>
            <xsl:for-each select='header/revision'>
              <dt><xsl:value-of select='version'/> (<xsl:value-of select='date'/>)</dt>
              <dd><xsl:apply-templates select='remark/node()'/></dd>
            </xsl:for-each>
          </dl>
        </footer>
      </body>
    </html>
  </xsl:template>

  <xsl:template match='section1|section2' mode='contents'>
    <li>
      <xsl:call-template name='number'/>
      <a href='#{@anchor}'><xsl:value-of select='@topic'/></a>
      <xsl:if test='section2'><ol><xsl:apply-templates select='section2' mode='contents'/></ol></xsl:if>
    </li>
  </xsl:template>

  <xsl:template match='section1|section2|section3'>
    <xsl:element name='h{count(ancestor::section1|ancestor::section2) + 2}'>
      <xsl:attribute name='id'><xsl:value-of select='@anchor'/></xsl:attribute>
      <a href='#{@anchor}'><xsl:call-template name='number'/><xsl:value-of select='@topic'/></a>
    </xsl:element>
    <xsl:apply-templates/>
  </xsl:template>

  <xsl:template name='number'>
    <xsl:number level='multiple' count='section1|section2|section3'/>
    <xsl:text>. </xsl:text>
  </xsl:template>

  <xsl:template match='example'>
    <figure>
      <figcaption>Example <xsl:number level='any' count='example'/>. <xsl:value-of select='@caption'/></figcaption>
      <pre tabindex='0'><xsl:call-template name='trimmed'/></pre>
    </figure>
  </xsl:template>
  <xsl:template match='code'><figure>
    <xsl:if test='@caption'><figcaption><xsl:value-of select='@caption'/></figcaption></xsl:if>
    <pre tabindex='0'><xsl:call-template name='trimmed'/></pre></figure></xsl:template>

  <!-- The line break behind the opening of a CDATA section is none of the example's. -->
  <xsl:template name='trimmed'>
    <xsl:choose>
      <xsl:when test='starts-with(., "&#10;")'><xsl:value-of select='substring(., 2)'/></xsl:when>
      <xsl:otherwise><xsl:value-of select='.'/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match='link'><a href='{@url}'><xsl:apply-templates/></a></xsl:template>
  <xsl:template match='note'><span class='note'> (<xsl:apply-templates/>)</span></xsl:template>
  <xsl:template match='tt'><code><xsl:apply-templates/></code></xsl:template>
  <xsl:template match='di'><xsl:apply-templates/></xsl:template>
  <xsl:template match='table'><table><caption><xsl:value-of select='@caption'/></caption><tbody><xsl:apply-templates/></tbody></table></xsl:template>
  <xsl:template match='acronym'><abbr><xsl:apply-templates/></abbr></xsl:template>
  <xsl:template match='p|ul|ol|li|dl|dt|dd|tr|th|td|em|strong|cite|dfn|br|span|div'>
    <xsl:element name='{local-name()}'><xsl:apply-templates/></xsl:element>
  </xsl:template>
</xsl:stylesheet>
