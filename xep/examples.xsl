<?xml version='1.0'?>
<!-- All examples of a document as one stream: a test that each is well-formed. -->
<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>
  <xsl:output method='text' encoding='UTF-8'/>
  <xsl:template match='/'>&lt;stream xmlns='jabber:client' xml:lang='en'><xsl:for-each select='//example'><xsl:value-of select='.'/></xsl:for-each>&lt;/stream></xsl:template>
</xsl:stylesheet>
