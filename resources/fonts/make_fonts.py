# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes the fonts of this folder from Debian's fonts-inter and fonts-noto-mono. usage: python3 make_fonts.py
from fontTools.ttLib import TTFont
from fontTools import subset
U=list(range(0x20,0x7f))+list(range(0xa0,0x180))+list(range(0x391,0x3ca))+[0x2009,0x200a,0x202f,0x2007,0x2010,0x2011,0x2012,0x2013,0x2014,0x2018,0x2019,0x201c,0x201d,0x2022,0x2026,0x2032,0x203a,0x2039,0x2070,0x2071]+list(range(0x2074,0x207f))+list(range(0x2080,0x208a))+[0x2190,0x2191,0x2192,0x2193,0x2194,0x21b5,0x21e7,0x2303,0x2318,0x2206,0x2211,0x2212,0x221a,0x221e,0x2248,0x2260,0x2264,0x2265,0x22c5,0x00d7,0x25b2,0x25bc,0x25cf,0x25a0,0x2713,0x2715,0x2716,0x2717]
def make(src,out,family,style,weight,tnum):
    f=TTFont(src)
    if tnum:
        g=f['GSUB'].table
        m={}
        for fr in g.FeatureList.FeatureRecord:
            if fr.FeatureTag=='tnum':
                for li in fr.Feature.LookupListIndex:
                    for st in g.LookupList.Lookup[li].SubTable:
                        st=getattr(st,'ExtSubTable',st)
                        if hasattr(st,'mapping'): m.update(st.mapping)
        for t in f['cmap'].tables:
            for cp in list(t.cmap):
                if (0x30<=cp<=0x39 or cp in (0x2b,0x2212)) and t.cmap[cp] in m:
                    t.cmap[cp]=m[t.cmap[cp]]
    o=subset.Options(); o.layout_features=['kern','mark','mkmk','ccmp','locl']; o.name_IDs=['*']; o.notdef_outline=True; o.hinting=False
    s=subset.Subsetter(o); s.populate(unicodes=U); s.subset(f)
    n=f['name']
    for r in list(n.names):
        if r.nameID in (1,16): r.string=family if r.nameID==16 or weight in(400,700) else family+' '+style
        elif r.nameID in (2,17): r.string=style if r.nameID==17 or weight in(400,700) else 'Regular'
        elif r.nameID==4: r.string=family+' '+style
        elif r.nameID==6: r.string=family.replace(' ','')+'-'+style
        elif r.nameID==3: r.string='Sunflop;'+family.replace(' ','')+'-'+style
        elif r.nameID>=7 and r.nameID not in (13,14,16,17): n.names.remove(r)
    if 'CFF ' in f:
        c=f['CFF '].cff; c.fontNames[0]=family.replace(' ','')+'-'+style; t=c.topDictIndex[0]; t.FamilyName=family; t.FullName=family+' '+style
    f.save(out)
    print(out, [f['hmtx'][f.getBestCmap()[ord(c)]][0] for c in '0123456789'])
D='/usr/share/fonts/opentype/inter/'
for st,w in (('Regular',400),('Medium',500),('SemiBold',600)):
    make(D+f'Inter-{st}.otf',f'sunflop_sans_{st.lower()}.otf','Sunflop Sans',st,w,True)
make('/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf','sunflop_mono_regular.ttf','Sunflop Mono','Regular',400,False)
